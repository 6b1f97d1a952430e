"""Schemathesis against the OpenAPI document: whatever it makes up, the server keeps to it and never breaks."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from couponry.http.api.routes import OPERATIONS
from couponry.http.openapi import openapi_document
from couponry.http.operations import Operation
from tests.http.server import Tenant

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SCHEMA = schemathesis.openapi.from_dict(openapi_document(OPERATIONS, "test"))
UNKNOWN_KEY = "key_00000000000000000000000000"
bounded = settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),  # made-up bodies are slow to make, and the tenant is shared on purpose
)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_server_keeps_to_its_document(shop: Tenant, operation: Operation, mode: GenerationMode) -> None:
    """No made-up request, fitting the schema or breaking it, gets a 5xx or an answer that is not described."""
    described = SCHEMA[operation.path][operation.method]
    fitting = mode is GenerationMode.POSITIVE
    things = {**shop.things(), "key_id": UNKNOWN_KEY}  # revoking its own key would end the play

    @bounded
    @given(case=described.as_strategy(generation_mode=mode))
    def play(case: Case[Any]) -> None:
        if fitting:
            case.path_parameters = {name: things[name] for name in case.path_parameters}
        case.headers["Authorization"] = f"Bearer {shop.key}"
        response = case.call(base_url=shop.base_url)
        case.validate_response(response, checks=CHECKS)
        assert response.status_code < 500
        assert not fitting or response.status_code not in {401, 403, 405, 413, 415}

    play()
