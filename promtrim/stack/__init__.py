"""What people's files say: manifests, kustomizations, compose files, and the configurations of Prometheus and Alertmanager.

Each is read as its own program would read it, with places. What runs where, and what answers on a port, is for
:mod:`promtrim.detect`.
"""
