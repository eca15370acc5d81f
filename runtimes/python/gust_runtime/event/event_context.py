from __future__ import annotations

import json
from time import monotonic


class EventContext(dict):
    """`context` of an event handler: a dict with the fields of SCF."""

    def __init__(self, fields: dict, call):
        super().__init__(fields, request_id=call.request_id)
        self._deadline = call.deadline

    def get_remaining_time_in_millis(self) -> float:
        """Milliseconds until the call is ended; 0 when it is late."""
        return max(0.0, (self._deadline - monotonic()) * 1000)


def context_fields(init: dict, environment: dict[str, str]) -> dict:
    """What is the same in every context of a function."""
    function = init["function"]
    return {
        "memory_limit_in_mb": function["memoryMb"],
        "time_limit_in_ms": function["timeoutMs"],
        "environment": json.dumps(environment, ensure_ascii=False),
        "environ": ";".join(f"{name}={value}" for name, value in environment.items()),
        "function_version": function["version"],
        "function_name": function["name"],
        "namespace": function["namespace"],
        "tencentcloud_region": function["region"],
        "tencentcloud_appid": function["appId"],
        "tencentcloud_uin": function["uin"],
    }
