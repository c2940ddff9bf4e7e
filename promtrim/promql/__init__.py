"""PromQL as text and tree: guards and adapter around promql-parser, positions, normal form. No semantics here."""
