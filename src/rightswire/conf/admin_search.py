"""The admin's own search, which must not fail whatever is typed (Wagtail issue 13227: a lone quotation mark)."""

from typing import Any

from modelsearch.backends.database import SearchBackend as database_backend


def SearchBackend(parameters: dict[str, Any]) -> Any:
    """Wagtail's search in the database, with quotation marks and control characters taken for spaces."""
    backend = database_backend(parameters)
    whole_search = backend._search

    def search(compiler: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(query, str):
            query = "".join(sign if sign.isprintable() and sign != '"' else " " for sign in query).strip()
        return whole_search(compiler, query, *arguments, **options)

    backend._search = search
    return backend
