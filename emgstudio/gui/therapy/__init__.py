"""The Therapy room: from choosing a protocol to the end of an exercise."""
