"""A read Alertmanager configuration at work: which labels alerts arrive with, where they go, what inhibits them.

Reading the file is for :mod:`promtrim.stack.alertmanager_config`; whether a receiver reaches a person is for
:mod:`promtrim.path.receivers`; talking to a running Alertmanager is for :mod:`promtrim.push`.
"""
