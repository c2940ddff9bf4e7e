"""One small module per output format: values of ``plan`` in, text out; nothing here analyses or prints."""
