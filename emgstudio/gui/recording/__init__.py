"""What a person does while a recording runs: labels, scores, notes, cue scripts, triggers."""
