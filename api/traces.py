"""Traces for OpenTelemetry: FastAPI makes a span of each request, here are those of its stages.

They are sent where `OTEL_EXPORTER_OTLP_ENDPOINT` says, if it says anything and the extra
`telemetry` is installed; otherwise a span costs a microsecond. No span holds a question or a text.
"""

from __future__ import annotations

import logging
import os
import time
from importlib.util import find_spec

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace

from rag.types import Answer

_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_EXPORTER = "opentelemetry.exporter.otlp.proto.http"

_log = logging.getLogger("api")
_tracer = trace.get_tracer("geungeo")


def telemetry() -> TelemetryConfig:
    """What FastAPI is to send: spans, where the environment says where to."""
    wanted = any(os.environ.get(name) for name in _VARIABLES)
    if wanted and find_spec(_EXPORTER) is None:
        _log.warning("No traces are sent: pip install 'geungeo[telemetry]' adds what sends them.")
        wanted = False
    return {"auto_configure": wanted, "metrics": False, "logs": False}


def trace_stages(answer: Answer) -> None:
    """A span for each stage of an answer that is just finished, below that of its request."""
    stages = {k: round(ms * 1e6) for k, ms in answer.timings_ms.items() if k != "total"}
    moment = time.time_ns() - sum(stages.values())
    for stage, nanoseconds in stages.items():
        span = _tracer.start_span(stage, start_time=moment)
        moment += nanoseconds
        span.end(moment)
