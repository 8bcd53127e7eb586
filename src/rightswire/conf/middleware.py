"""What readers send is answered with the same headers as the files they read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from rightswire.conf.headers import PAGE_HEADERS


class ReaderHeaders:
    """The headers of public pages on all answers under `/do/`; staff pages keep Django's and Wagtail's own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/do/"):
            for name, value in PAGE_HEADERS.items():
                response.headers[name] = value
        return response
