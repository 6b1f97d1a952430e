"""What a developer reads: the OpenAPI document, Swagger UI from the installed package, and a page for each problem."""

import json
import re
from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from importlib.resources import files
from typing import Final

from litestar import get
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp

from couponry.http.answers import Answer, Header, text_answer
from couponry.http.openapi import openapi_document
from couponry.http.operations import Operation
from couponry.http.problem_codes import PROBLEM_KINDS
from couponry.http.problems import RequestProblem

HTML: Final = "text/html; charset=utf-8"
STATIC_FILES: Final = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui-standalone-preset.js": "text/javascript; charset=utf-8",
    "favicon-16x16.png": "image/png",
    "favicon-32x32.png": "image/png",
}
SAFE_PAGE: Final[tuple[Header, ...]] = (
    (
        b"content-security-policy",
        # Swagger UI sets styles on elements and shows its icons as data.
        (
            b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_QUOTED: Final = re.compile(r"`([^`]*)`")
_DOCS: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Couponry API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" sizes="32x32" href="/docs/favicon-32x32.png">
<link rel="icon" type="image/png" sizes="16x16" href="/docs/favicon-16x16.png">
</head>
<body>
<noscript>This page needs JavaScript; the same is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script src="/docs/initializer.js"></script>
</body>
</html>
"""
_INITIALIZER: Final = """window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "BaseLayout"
});
"""
_INDEX: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Couponry</title></head>
<body>
<h1>Couponry</h1>
<ul>
<li><a href="/docs">/docs</a>: the API, to read and to try</li>
<li><a href="/openapi.json">/openapi.json</a>: the API, for programs</li>
<li><a href="/problems">/problems</a>: what each problem code means</li>
<li><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>: for supervisors</li>
</ul>
</body>
</html>
"""


def docs_handlers(operations: Sequence[Operation]) -> list[BaseRouteHandler]:
    """Build the handlers of everything that explains a table of operations."""
    document = json.dumps(openapi_document(operations, version("couponry")), ensure_ascii=False).encode()

    @get("/openapi.json", sync_to_thread=False)
    def openapi() -> ASGIApp:
        return text_answer("application/json", document)

    return [openapi, _index, _docs, _docs_file, _problems, _problem]


@get("/", sync_to_thread=False)
def _index() -> ASGIApp:
    return text_answer(HTML, _INDEX, *SAFE_PAGE)


@get("/docs", sync_to_thread=False)
def _docs() -> ASGIApp:
    return text_answer(HTML, _DOCS, *SAFE_PAGE)


@get("/docs/{file_name:str}", sync_to_thread=True)
def _docs_file(file_name: FromPath[str]) -> ASGIApp:
    if file_name == "initializer.js":
        return text_answer("text/javascript; charset=utf-8", _INITIALIZER, *SAFE_PAGE)
    content_type = STATIC_FILES.get(file_name)
    if content_type is None:
        raise RequestProblem("no_such_path", "Nothing is served at this path.")
    content = files("swagger_ui").joinpath("static", file_name).read_bytes()
    return text_answer(content_type, content, *SAFE_PAGE, (b"cache-control", b"public, max-age=86400"))


@get("/problems", sync_to_thread=False)
def _problems() -> ASGIApp:
    items = "\n".join(
        f'<li><a href="/problems/{kind.code}">{kind.code}</a> ({kind.status}): {escape(kind.title)}</li>'
        for kind in PROBLEM_KINDS.values()
    )
    return _page("Problems", f"<ul>\n{items}\n</ul>")


@get("/problems/{code:str}", sync_to_thread=False)
def _problem(code: FromPath[str]) -> ASGIApp:
    kind = PROBLEM_KINDS.get(code)
    if kind is None:
        raise RequestProblem("no_such_path", "There is no such problem code; /problems lists them all.")
    return _page(
        kind.title,
        f"<p><code>{kind.code}</code>, HTTP {kind.status}</p>\n<p>{_with_code(kind.explanation)}</p>\n"
        '<p><a href="/problems">All problems</a></p>',
    )


def _with_code(text: str) -> str:
    return _QUOTED.sub(r"<code>\1</code>", escape(text))


def _page(title: str, content: str) -> Answer:
    return text_answer(
        HTML,
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n<body>\n<h1>{escape(title)}</h1>\n{content}\n</body>\n</html>\n",
        *SAFE_PAGE,
    )
