"""A server on loopback that speaks like OpenAI: what it answers is scripted, what it was sent is recorded.

```python
from toolpost.testing.openai import OpenAIServer, call_tool, fail, say

with OpenAIServer() as server:
    server.replies += [fail(429, retry_after=1), call_tool("roll", count=3), say("You rolled", " twelve.")]
```
"""

from toolpost.testing.openai.faults import cut as cut
from toolpost.testing.openai.faults import fail as fail
from toolpost.testing.openai.faults import fail_midway as fail_midway
from toolpost.testing.openai.faults import garbage as garbage
from toolpost.testing.openai.faults import hang as hang
from toolpost.testing.openai.faults import spoil as spoil
from toolpost.testing.openai.habits import odd as odd
from toolpost.testing.openai.habits import without_tools as without_tools
from toolpost.testing.openai.images import draw as draw
from toolpost.testing.openai.images import png as png
from toolpost.testing.openai.moderations import judge as judge
from toolpost.testing.openai.received import Received as Received
from toolpost.testing.openai.received import Upload as Upload
from toolpost.testing.openai.server import OpenAIServer as OpenAIServer
from toolpost.testing.openai.texts import ToolUse as ToolUse
from toolpost.testing.openai.texts import Turn as Turn
from toolpost.testing.openai.texts import call_tool as call_tool
from toolpost.testing.openai.texts import call_tools as call_tools
from toolpost.testing.openai.texts import say as say
from toolpost.testing.openai.texts import turn as turn
from toolpost.testing.openai.wire import Answer as Answer
from toolpost.testing.openai.wire import Reply as Reply
