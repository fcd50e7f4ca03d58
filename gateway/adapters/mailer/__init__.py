"""Email to agencies: rendering, and transport by SMTP or into files."""

from gateway.adapters.mailer.connections import SmtpServer
from gateway.adapters.mailer.files import EmlFileMailer
from gateway.adapters.mailer.smtp import SmtpMailer
from gateway.adapters.mailer.texts import JinjaEmailTexts

__all__ = ["EmlFileMailer", "JinjaEmailTexts", "SmtpMailer", "SmtpServer"]
