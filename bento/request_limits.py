"""How large a request may be, and each thing in it."""

from __future__ import annotations

from aieco_assets.core.rag.understanding.question import MAX_MESSAGE

BODY_BYTES = 64 * 1024
OPENAI_BODY_BYTES = 2 * 1024 * 1024  # long chats with pasted mails, batches of texts to embed
BODY_SECONDS = 15.0
QUESTION_CHARACTERS = MAX_MESSAGE
REASON_CHARACTERS = 500  # of a rating
CHAT_MESSAGES, CHOICES, STOP_SEQUENCES = 1_000, 8, 4
HISTORY = 50  # questions before the one that is asked
FILTERS, PATH_CHARACTERS = 50, 1_000  # of documents, tags and languages
CUSTOMER_IDS = 100
AGENT_STEPS, AGENT_TOKENS, AGENT_SECONDS = 12, 200_000, 100.0  # at most; bento/service.py waits 120 seconds
SEARCH_HITS = 20
EMBEDDED_TEXTS, EMBEDDED_CHARACTERS = 1_000, 8_000
EMBEDDED_AT_ONCE = 64  # of them, before others have their turn
