"""The socket of the server: what reaches the browser, and when."""

from __future__ import annotations

import asyncio
import socket

from leadline.web.serving import LOOPBACK, listen


def test_an_answer_is_sent_at_once_and_never_waits_for_the_browser_to_acknowledge_its_head():
    held: list[int] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def ask() -> None:
        server = await asyncio.start_server(answer, sock=listen(LOOPBACK[0], 0))
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await reader.read()
            writer.close()

    asyncio.run(ask())
    assert [bool(one) for one in held] == [True]
