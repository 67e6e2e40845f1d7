"""Pure decoders: bytes in, samples and gaps out."""
