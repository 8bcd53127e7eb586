"""Logs without people: neither addresses asked for nor what was sent ever reaches a line."""

import logging


class Impersonal(logging.Filter):
    """Keeps of Django's own records only what kind of error it was and where in the code."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django") and record.levelno >= logging.WARNING:
            error = record.exc_info[1] if record.exc_info else None
            place = _place(error) if error else ""
            record.msg = f"{type(error).__name__} at {place}" if error else "a request was refused"
            record.args = ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
