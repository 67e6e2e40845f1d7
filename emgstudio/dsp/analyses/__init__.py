"""What therapists and ergonomists compute from EMG; each result is a Measure."""
