"""Where everything is wired, by plain constructors; nothing below knows how it is put together.

The command line reaches the rest through here. Heavy parts are imported when they are used, so that
`haochaping sms parse` need not load a web server.
"""

from __future__ import annotations

from gateway.bootstrap.flows import find_flow, flow_findings, load_flow
from gateway.bootstrap.folders import data_folder

__all__ = ["data_folder", "find_flow", "flow_findings", "load_flow"]
