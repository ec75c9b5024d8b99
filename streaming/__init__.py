"""Stream prices to WebSocket clients: one message per pricing run in, one frame per client out."""
