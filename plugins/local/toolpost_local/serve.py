"""The child process: llama.cpp's server on a free port of this machine, until stdin closes.

The host runs this file by its path. The first line of stdin says what to serve, so that the key
stands neither in the arguments nor in the environment, where others could read it. One line on
stdout answers: `{"url": …}` or `{"error": …}`. The file needs nothing of toolpost.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any


def main() -> None:
    """Serve what stdin asks for."""
    order = json.loads(sys.stdin.buffer.readline())
    answer = _private_stdout()
    # A host that was killed leaves no message, only a closed pipe, and it may
    # be gone before the model is loaded.
    watch = threading.Thread(target=_end_with_host)
    watch.start()
    try:
        server = _serve(order)
        said = {"url": server.listening_address}
    except ImportError as error:
        said = {"error": _missing(str(error))}
    except Exception as error:
        said = {"error": f"{order['path']} cannot be served: {error}"}
    os.write(answer, json.dumps(said).encode() + b"\n")
    watch.join()


def _private_stdout() -> int:
    """A descriptor for the one answer; whatever llama.cpp prints goes where stderr goes."""
    answer = os.dup(1)
    os.dup2(2, 1)
    return answer


def _end_with_host() -> None:
    sys.stdin.buffer.read()
    # The destructors of llama.cpp can crash or block for half a minute.
    os._exit(0)


def _missing(error: str) -> str:
    if "libgomp" in error:
        return "the system library libgomp is missing; install it (Debian: apt install libgomp1)"
    return f"xllamacpp cannot be imported: {error}"


def _serve(order: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = order["path"]
    params.model_alias = {order["name"]}
    params.n_ctx = order["context"]
    params.n_predict = order["max_tokens"]
    if order["chat_template"]:
        # The embedded model; a request may still name another temperature.
        params.chat_template = order["chat_template"]
        params.sampling.temp = 0.0
    _shut_doors(params, order["key"])
    # On a busy machine two threads wait for each other: 6 tokens a second instead of 155.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_gpu_layers = 0
    params.cache_ram_mib = 0
    params.kv_unified = True
    params.verbosity = 0
    return xllamacpp.Server(params)


def _shut_doors(params: Any, key: str) -> None:
    """llama.cpp's defaults are no key, any origin, and a page that shows what others ask."""
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.cors_origins = ""
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    params.offline = True


if __name__ == "__main__":
    main()
