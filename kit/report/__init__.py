"""The report of a run: a page and a PDF, from the record alone, the same bytes every time."""

from kit.report.messages import LANGUAGES
from kit.report.pdf import require_renderer
from kit.report.rendering import Rendered, render

__all__ = ["LANGUAGES", "Rendered", "render", "require_renderer"]
