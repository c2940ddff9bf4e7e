"""From judged rules to the plan: redundancy between rules, coverage, levels, overrides. Pure; carries nothing out."""
