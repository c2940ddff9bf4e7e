"""What is known of exporters' metrics: rulesets compiled to an index, and the facts that follow in a topology."""
