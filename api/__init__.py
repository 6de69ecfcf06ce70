"""The HTTP service: version 1 of the contract over one engine.

It knows HTTP and the engine's face, and nothing of how an answer is found, written or checked.
`server.serve` starts it; `app.create_app` makes the application around an open engine.
"""
