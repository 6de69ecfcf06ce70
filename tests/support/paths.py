from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
QUESTIONS = ROOT / "tests" / "eval" / "seeds_questions.jsonl"
