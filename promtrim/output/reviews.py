"""A review in each format: what CI services show of it are its findings, so those formats are the checks' own."""

from __future__ import annotations

from promtrim.output.terminal import Paint
from promtrim.review.model import Review


def rendered(review: Review, form: str, title: str = "", paint: Paint = Paint(), width: int = 100) -> str:  # noqa: B008
    """The text of a format.

    Args:
        form: ``text``, ``markdown``, ``json``, ``github``, ``sarif``, ``gitlab`` or ``junit``.
        title: of the Markdown.
        paint: for ``text``, as is the width.
    """
    if form == "text":
        from promtrim.output.review import text

        return text(review, paint, width)
    if form == "markdown":
        from promtrim.output.review_markdown import markdown

        return markdown(review, title)
    if form == "json":
        from promtrim.output.review_json import report

        return report(review)
    from promtrim.output.forms import rendered as findings

    # Files are named below the repository's root already.
    return findings(review.result, form, None)
