"""Items that grow word by word: messages, and what a model says of its reasoning."""

from __future__ import annotations

from toolpost_gateway.wire.responses.output import JSONObject, Output, fresh
from toolpost_gateway.wire.responses.words import part

# What the events about each kind of part are called, and where they hold the text.
EVENTS = {"output_text": ("response.output_text", "text"), "refusal": ("response.refusal", "refusal")}


class Speaking:
    """The message that is being said, if there is one."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._place: int | None = None
        self._name = ""
        self._kind = ""
        self._parts: list[JSONObject] = []
        self._texts: list[str] = []

    def say(self, kind: str, text: str) -> None:
        """The next words, as text or as refusal."""
        if self._place is None:
            self._open()
        if self._kind != kind:
            self._close_part()
            self._open_part(kind)
        self._texts.append(text)
        more: JSONObject = {"logprobs": []} if kind == "output_text" else {}
        self._output.tell(f"{EVENTS[kind][0]}.delta", **self._where(), delta=text, **more)

    def close(self, status: str = "completed", *, is_aside: bool = False) -> None:
        """The message is complete; `is_aside` where the answer itself is still to come."""
        if self._place is None:
            return
        self._close_part()
        phase = {"phase": "commentary"} if is_aside else {}
        self._output.done(self._place, {**self._item(status), **phase})
        self._place = None
        self._parts = []

    def _open(self) -> None:
        self._name = fresh("msg")
        self._place = self._output.add(self._item("in_progress"))

    def _item(self, status: str) -> JSONObject:
        head = {"id": self._name, "type": "message", "role": "assistant", "status": status}
        return {**head, "content": list(self._parts)}

    def _open_part(self, kind: str) -> None:
        self._kind = kind
        self._output.tell("response.content_part.added", **self._where(), part=part(kind))

    def _close_part(self) -> None:
        if not self._kind:
            return
        text, (name, field) = "".join(self._texts), EVENTS[self._kind]
        whole = part(self._kind, text)
        more: JSONObject = {"logprobs": []} if self._kind == "output_text" else {}
        self._output.tell(f"{name}.done", **self._where(), **{field: text}, **more)
        self._output.tell("response.content_part.done", **self._where(), part=whole)
        self._parts.append(whole)
        self._kind, self._texts = "", []

    def _where(self) -> JSONObject:
        return {"item_id": self._name, "output_index": self._place, "content_index": len(self._parts)}


class Thinking:
    """The reasoning that is being told, if there is some."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._place: int | None = None
        self._name = ""
        self._texts: list[str] = []

    def say(self, text: str) -> None:
        """The next words."""
        if self._place is None:
            self._name = fresh("rs")
            self._place = self._output.add(self._item([]))
            self._output.tell("response.reasoning_summary_part.added", **self._where(), part=_summary(""))
        self._texts.append(text)
        self._output.tell("response.reasoning_summary_text.delta", **self._where(), delta=text)

    def close(self) -> None:
        """That is all of it."""
        if self._place is None:
            return
        whole = "".join(self._texts)
        self._output.tell("response.reasoning_summary_text.done", **self._where(), text=whole)
        self._output.tell("response.reasoning_summary_part.done", **self._where(), part=_summary(whole))
        self._output.done(self._place, self._item([_summary(whole)]))
        self._place, self._texts = None, []

    def _item(self, summary: list[JSONObject]) -> JSONObject:
        return {"id": self._name, "type": "reasoning", "summary": summary}

    def _where(self) -> JSONObject:
        return {"item_id": self._name, "output_index": self._place, "summary_index": 0}


def _summary(text: str) -> JSONObject:
    return {"type": "summary_text", "text": text}
