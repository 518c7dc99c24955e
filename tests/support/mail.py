"""A real mail server on the loopback that keeps what it is sent."""

import socket
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class Mailbox:
    """What was sent, oldest first. While `refusing` is true every message is refused for the time being."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusing = False
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self.url = f"smtp://127.0.0.1:{port}"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802  (the name is aiosmtpd's)
        if self.refusing:
            return "451 try again later"
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def clear(self) -> None:
        """Empty, and taking mail again."""
        self.messages.clear()
        self.refusing = False

    def to(self, address: str) -> list[EmailMessage]:
        """What was sent to one address."""
        return [message for message in self.messages if address in message["To"]]

    def text(self, address: str) -> str:
        """The plain text of the last message to one address."""
        part = self.to(address)[-1].get_body(("plain",))
        assert part is not None
        return part.get_content()
