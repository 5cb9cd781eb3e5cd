"""How a conversation is written for a model: by the template in its file, or by the name of one.

Templates are Jinja, as their makers publish them. One from a file is a stranger's program: it runs in a sandbox, with
a budget of rounds, characters and time, and is tried once before the model is used.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.prompt import Message

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

# What a template may do wrong besides what jinja2 names.
_FAILURES = (TypeError, ValueError, LookupError, AttributeError, RecursionError, OverflowError)
_ROUNDS, _CHARACTERS, _SECONDS = 10_000, 2_000_000, 5.0
_LLAMA_2 = (
    "{% if messages[0]['role'] == 'system' %}{% set turns = messages[1:] %}"
    "{% set system = '<<SYS>>\n' + messages[0]['content'] + '\n<</SYS>>\n\n' %}"
    "{% else %}{% set turns = messages %}{% set system = '' %}{% endif %}"
    "{% for m in turns %}{% if m['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + (system if loop.first else '') + m['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + m['content'] + ' ' + eos_token }}{% endif %}{% endfor %}"
)
_MISTRAL = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
)
_GEMMA = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else 'user') + '\n' + m['content'] }}"
    "{{ '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)


def _turns(turn: str, opening: str) -> str:
    return (
        f"{{% for m in messages %}}{{{{ {turn} }}}}{{% endfor %}}"
        f"{{% if add_generation_prompt %}}{{{{ {opening} }}}}{{% endif %}}"
    )


_CHATML = _turns("'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n'", "'<|im_start|>assistant\n'")
_LLAMA_3 = "{{ bos_token }}" + _turns(
    "'<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] + '<|eot_id|>'",
    "'<|start_header_id|>assistant<|end_header_id|>\n\n'",
)
# Each with the mark that ends a turn.
TEMPLATES = {
    "chatml": (_CHATML, "<|im_end|>"),
    "qwen": (_CHATML, "<|im_end|>"),
    "llama-2": (_LLAMA_2, "</s>"),
    "llama-3": (_LLAMA_3, "<|eot_id|>"),
    "mistral": (_MISTRAL, "</s>"),
    "gemma": (_GEMMA, "<end_of_turn>"),
}
# Marks of these families, which a document must not hold; a model's own come beside them.
_MARKS = ("<|", "|>", "<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<start_of_turn>", "<end_of_turn>")
_PROBE: list[Message] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Is it open?"},
    {"role": "assistant", "content": "Yes."},
    {"role": "user", "content": "Until when?"},
]


@dataclass(frozen=True)
class ChatTemplate:
    """`name`: of TEMPLATES, or `file`. `bos`, `eos`: the model's marks of a text's beginning and end. `marks`: its
    control tokens, which are taken apart in what is said."""

    name: str
    source: str
    end: str = ""
    bos: str = ""
    eos: str = ""
    marks: tuple[str, ...] = ()

    def render(self, messages: Sequence[Message]) -> str:
        """The conversation with the answer's turn opened. A family that knows no system role gets the system's words
        before the user's first. Raises AiecoError when the template fails."""
        inert = [Message(role=m["role"], content=self._inert(m["content"])) for m in messages]
        try:
            return self._written(inert)
        except AiecoError:
            if inert[0]["role"] != "system" or len(inert) < 2:
                raise
            first = Message(role=inert[1]["role"], content=f"{inert[0]['content']}\n\n{inert[1]['content']}")
            return self._written([first, *inert[2:]])

    def check(self) -> ChatTemplate:
        """Tried on a short conversation. Raises AiecoError when it fails or loses what is said."""
        text = self.render(_PROBE)
        if not all(turn["content"] in text for turn in _PROBE[1:]):
            raise AiecoError("The chat template of the model leaves out what is said: name one in AIECO_LLM_TEMPLATE.")
        return self

    def _written(self, messages: list[Message]) -> str:
        from jinja2 import TemplateError

        started, parts, size = time.monotonic(), [], 0
        told = {"messages": messages, "add_generation_prompt": True, "bos_token": self.bos, "eos_token": self.eos}
        try:
            for piece in self._template.generate(**told, range=_budgeted()):
                parts.append(piece)
                size += len(piece)
                if size > _CHARACTERS or time.monotonic() - started > _SECONDS:
                    raise AiecoError("The chat template of the model does not end: name one in AIECO_LLM_TEMPLATE.")
        except (TemplateError, *_FAILURES) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            raise AiecoError(
                f"The chat template of the model fails ({reason}): name one in AIECO_LLM_TEMPLATE."
            ) from None
        return "".join(parts)

    @cached_property
    def _template(self) -> Template:
        environment = _sandbox()(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = time.strftime
        return environment.from_string(self.source)

    def _inert(self, text: str) -> str:
        return self._marked.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)

    @cached_property
    def _marked(self) -> re.Pattern[str]:
        marks = sorted({*_MARKS, *(mark for mark in self.marks if len(mark) > 1)}, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, marks)))


def template_of(
    named: str, metadata: dict[str, str], marks: Sequence[str] = (), bos: str = "", eos: str = ""
) -> ChatTemplate:
    """The template that AIECO_LLM_TEMPLATE names, else the file's own, else ChatML.

    Raises AiecoError for a name that is none and for a file's template that can't be used.
    """
    own = metadata.get("tokenizer.chat_template", "")
    if not named and own:
        return ChatTemplate("file", own, "", bos, eos, tuple(marks)).check()
    name = named or "chatml"
    if name not in TEMPLATES:
        raise AiecoError(f"AIECO_LLM_TEMPLATE={named} is none of {', '.join(TEMPLATES)}: name one, or leave it empty.")
    source, end = TEMPLATES[name]
    return ChatTemplate(name, source, end, bos, eos, tuple(marks))


def _sandbox() -> type[SandboxedEnvironment]:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Bounded(ImmutableSandboxedEnvironment):
        """No product or sum grows beyond what a conversation may be."""

        intercepted_binops = frozenset(["*", "**", "+"])

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            sizes = [len(one) if isinstance(one, str | list | tuple) else abs(int(one)) for one in (left, right)]
            grown = {"*": sizes[0] * sizes[1], "+": sum(sizes), "**": sizes[1] * max(1, sizes[0]).bit_length()}
            if grown[operator] > _CHARACTERS:
                raise OverflowError("it grows for too long")
            return super().call_binop(context, operator, left, right)

    return Bounded


def _budgeted() -> Any:
    """`range` with so many rounds for a whole text, however loops are nested."""
    left = [_ROUNDS]

    def rounds(*bounds: int) -> list[int]:
        found = range(*bounds)
        left[0] -= len(found)
        if left[0] < 0:
            raise OverflowError("it loops for too long")
        return list(found)

    return rounds


def _raise(reason: str) -> str:
    from jinja2 import TemplateError

    raise TemplateError(reason)
