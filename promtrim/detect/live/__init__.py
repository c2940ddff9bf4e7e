"""A running Prometheus as a source: what it scrapes, has loaded and counts. Read-only, bounded in requests, bytes and time.

What exists now is no proof that nothing else ever does: a target may be down, a rule not yet deployed. So only what is
configured closes a value; everything else stays open, or says "at least".
"""

from promtrim.detect.live.model import Counted, Identified, Live, LiveRule, LiveTarget

__all__ = ["Counted", "Identified", "Live", "LiveRule", "LiveTarget"]
