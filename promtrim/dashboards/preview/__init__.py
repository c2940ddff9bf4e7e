"""One self-contained page that draws a dashboard with a snapshot of real data, for people without a Grafana at hand.

    dashboard -> sheet (what is drawn where: values) -> snapshot (what Prometheus answers) -> page (HTML, nothing outside)

Drawing is ``assets/preview.js``'s, curves are uPlot's. Reading dashboards is ``dashboards.existing``'s.
"""
