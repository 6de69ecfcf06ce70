"""The terminal program `rag`: it reads arguments, calls the engine, and shows what came back.

It does not know how an answer is found, nor the HTTP service (`rag serve` starts it by name).
Answers go to standard output, everything else to standard error.
"""
