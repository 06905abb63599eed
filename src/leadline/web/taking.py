"""What handlers have in common: forms read whole, work done off the event loop, refusals told in the user's words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

MOST_FIELDS = 2_000  # own: the largest element of a plan has some dozens of fields
MOST_FILES = 100  # own: a hundred exports in one go

Handler = Callable[[Request, FormData], Response]


def takes_form(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Make a page of a function that is given the form: it runs in a thread, so that nobody waits for its work."""

    @wraps(handler)
    async def page(request: Request) -> Response:
        async with request.form(max_fields=MOST_FIELDS, max_files=MOST_FILES) as form:
            return await run_in_threadpool(handler, request, form)

    return page


def text_of(form: FormData, name: str) -> str:
    """Return a text field as it was typed, line ends as a line feed; "" where it is absent or a file."""
    value = form.get(name, "")
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else ""


def texts_of(form: FormData, name: str) -> list[str]:
    """Return every value of a text field that may be given several times."""
    return [value for value in form.getlist(name) if isinstance(value, str)]
