"""The schemas of the OpenAPI document: from the types themselves, with the ranges that the domain checks in code."""

import re
from collections.abc import Sequence
from inspect import cleandoc
from types import ModuleType
from typing import Any, Final

import msgspec

from couponry.domain import campaigns, orders
from couponry.domain.codes import MAX_CODE_LENGTH
from couponry.domain.money import CURRENCIES, MAX_AMOUNT_MINOR
from couponry.domain.orders import (
    MAX_ATTRIBUTE_NAME_LENGTH,
    MAX_ATTRIBUTE_TEXT_LENGTH,
    MAX_ATTRIBUTES,
    MAX_LINES,
    MAX_QUANTITY,
    MAX_TEXT_LENGTH,
)
from couponry.domain.tenants import SCOPES
from couponry.engine.imports import MAX_IMPORT_COUNT

Schema = dict[str, Any]

REF: Final = "#/components/schemas/{name}"
_CURRENCY: Final[Schema] = {"enum": sorted(CURRENCIES)}
_AMOUNT: Final[Schema] = {"minimum": 1, "maximum": MAX_AMOUNT_MINOR}
_PERCENT: Final = (
    r"^(100(\.0{1,4})?"
    r"|(0{0,2}[1-9]|0?[1-9][0-9])(\.[0-9]{1,4})?"
    r"|0{1,3}\.([1-9][0-9]{0,3}|0[1-9][0-9]{0,2}|00[1-9][0-9]?|000[1-9]))$"
)
_TEXT: Final[Schema] = {"minLength": 1, "maxLength": MAX_TEXT_LENGTH}
_ATTRIBUTES: Final[Schema] = {
    "maxProperties": MAX_ATTRIBUTES,
    "propertyNames": {"minLength": 1, "maxLength": MAX_ATTRIBUTE_NAME_LENGTH},
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "maxLength": MAX_ATTRIBUTE_TEXT_LENGTH},
            {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
            {"type": "boolean"},
            {"type": "null"},
        ]
    },
}
_RANGES: Final[dict[str, dict[str, Schema]]] = {
    "Percent": {
        "percent_off": {"pattern": _PERCENT},
        "max_amount": _AMOUNT,
        "currency": _CURRENCY,
    },
    "Amount": {"amount_off": _AMOUNT, "currency": _CURRENCY},
    "Credit": {"amount": _AMOUNT, "currency": _CURRENCY},
    "Order": {
        "currency": _CURRENCY,
        "lines": {"minItems": 1, "maxItems": MAX_LINES},
        "id": _TEXT,
        "channel": _TEXT,
        "attributes": _ATTRIBUTES,
    },
    "OrderLine": {
        "product": _TEXT,
        "quantity": {"minimum": 1, "maximum": MAX_QUANTITY},
        "unit_amount": {"minimum": 0, "maximum": MAX_AMOUNT_MINOR},
    },
    "NewBatch": {"count": {"minimum": 1, "maximum": 2**62}},
    "NewImport": {
        "codes": {
            "maxItems": MAX_IMPORT_COUNT,
            "items": {"type": "string", "minLength": 1, "maxLength": MAX_CODE_LENGTH},
        }
    },
    "NewRollback": {"amount": _AMOUNT},
    "NewKeyRequest": {"scopes": {"items": {"enum": list(SCOPES)}}},
}
_CONSTANTS_IN: Final[dict[str, ModuleType]] = {"Limits": campaigns, "Order": orders, "OrderLine": orders}
"""Where the names are numbers that the docstrings of these types speak of."""
_CONSTANT: Final = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
_CODE_OR_CODES: Final = ("NewValidation", "NewRedemption")
_ATTRIBUTE: Final = re.compile(r"(?m)^    (\w+): (.*(?:\n {8,}.*)*)")


def schemas_of(types: Sequence[Any]) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Write the schemas of types.

    Returns:
        the schema of each type by the type's `repr`, and all that they refer to by name.
    """
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    for name, component in components.items():
        _explain(component, name)
        for field, limits in _RANGES.get(name, {}).items():
            _limit(component["properties"][field], limits)
    for name in _CODE_OR_CODES:
        components[name]["oneOf"] = [{"required": ["code"]}, {"required": ["codes"]}]
    return dict(zip(map(repr, types), schemas, strict=True)), components


def _explain(component: Schema, name: str) -> None:
    """Move what a docstring says of each attribute to the attribute, under the name it has in JSON."""
    text = _with_numbers(cleandoc(component.get("description", "")), name)
    head, found, attributes = text.partition("\nAttributes:\n")
    if not found:
        return
    component["description"] = head.strip()
    for attribute, explanation in _ATTRIBUTE.findall(attributes):
        schema = component["properties"].get(attribute.removesuffix("_minor"))
        if schema is not None:
            schema.setdefault("description", re.sub(r"\s+", " ", explanation))


def _with_numbers(text: str, name: str) -> str:
    """Put numbers for the names of constants, which say nothing to a caller."""
    module = _CONSTANTS_IN.get(name)
    return text if module is None else _CONSTANT.sub(lambda found: f"{getattr(module, found[0]):,}", text)


def _limit(schema: Schema, limits: Schema) -> None:
    """Put limits on a schema, or on its alternative that is not null."""
    schema = next((part for part in schema.get("anyOf", ()) if part.get("type") != "null"), schema)
    schema.update(limits)
