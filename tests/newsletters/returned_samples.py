"""Mails that come back, written in the shapes of the servers that send them; of nobody.

`{to}` is where the report goes. {action}, {status}: of those that have them.
"""

POSTFIX = """Return-Path: <>
Delivered-To: {to}
Received: by mx.example.net (Postfix) id 4A1B2C3D; Thu, 26 Nov 2026 09:12:44 +0000 (UTC)
Date: Thu, 26 Nov 2026 09:12:44 +0000 (UTC)
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4A1B2C3D.1795684364/mx.example.net"
Message-Id: <20261126091244.5E6F7@mx.example.net>

This is a MIME-encapsulated message.

--4A1B2C3D.1795684364/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<ada@example.org>: host mx.example.org[192.0.2.7] said: 550 {status} <ada@example.org>:
    Recipient address rejected (in reply to RCPT TO command)

--4A1B2C3D.1795684364/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4A1B2C3D
X-Postfix-Sender: rfc822; {to}
Arrival-Date: Thu, 26 Nov 2026 09:12:40 +0000 (UTC)

Final-Recipient: rfc822; ada@example.org
Original-Recipient: rfc822;ada@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 {status} <ada@example.org>: Recipient address rejected

--4A1B2C3D.1795684364/mx.example.net
Content-Description: Undelivered Message
Content-Type: message/rfc822

Subject: The week
From: News <news@example.org>

Section 5.1.1 of the law that does not exist.

--4A1B2C3D.1795684364/mx.example.net--
"""

EXIM = """Return-path: <>
Envelope-to: {to}
X-Failed-Recipients: ada@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: {to}
Content-Type: multipart/report; report-type=delivery-status; boundary=1795684364-eximdsn-99
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1795684364-eximdsn-99
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@example.org
    host mx.example.org [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<ada@example.org>:
    550 5.1.1 Unknown user

--1795684364-eximdsn-99
Content-type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Action: failed
Final-Recipient: rfc822;ada@example.org
Status: 5.0.0
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 Unknown user

--1795684364-eximdsn-99
Content-type: text/rfc822-headers

Subject: The week
--1795684364-eximdsn-99--
"""

OLD_EXIM = """X-Failed-Recipients: ada@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: {to}
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. The following address(es) failed:

  ada@example.org
    SMTP error from remote mail server after RCPT TO:<ada@example.org>:
    host mx.example.org [192.0.2.7]: 550 5.1.1 no such user

------ This is a copy of the message, including all the headers. ------

Return-path: <{to}>
Subject: The week
"""

MICROSOFT = """From: "Microsoft Outlook"
\t<MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>
To: <{to}>
Subject: Undeliverable: The week
Auto-Submitted: auto-replied
MIME-Version: 1.0
X-MS-Exchange-Message-Is-Ndr: 1
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="d0a1_47"; report-size=1

--d0a1_47
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="d0a1_48"

--d0a1_48
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to ada@example.org couldn't be delivered.=20
ada wasn't found at example.org.

--d0a1_48
Content-Type: text/html; charset="us-ascii"

<p>ada wasn't found at example.org.</p>

--d0a1_48--

--d0a1_47
Content-Type: message/delivery-status

Reporting-MTA: dns;DB0PR00MB0001.eurprd00.prod.example.net
Received-From-MTA: dns;mail.example.net
Arrival-Date: Thu, 26 Nov 2026 09:12:44 +0000

Final-Recipient: rfc822;ada@example.org
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--d0a1_47
Content-Type: message/rfc822

Subject: The week

--d0a1_47--
"""

GMAIL = """Delivered-To: {to}
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {to}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
X-Failed-Recipients: ada@example.org
Content-Type: multipart/report; boundary="0000000000007b"; report-type=delivery-status

--0000000000007b
Content-Type: multipart/related; boundary="0000000000007c"

--0000000000007c
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to ada@example.org because the address couldn't be found.

--0000000000007c
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--0000000000007c--
--0000000000007b
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Thu, 26 Nov 2026 01:12:44 -0800 (PST)
X-Original-Message-ID: <1@example.org>

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.org. (192.0.2.7, the server for the domain example.org.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos.
Last-Attempt-Date: Thu, 26 Nov 2026 01:12:45 -0800 (PST)

--0000000000007b
Content-Type: message/rfc822

Subject: The week

--0000000000007b--
"""

SENDMAIL = """From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>
To: <{to}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="3AQ9Ci1x000123.1795684364/mx.example.net"
Subject: Returned mail: see transcript for details
Auto-Submitted: auto-generated (failure)

This is a MIME-encapsulated message

--3AQ9Ci1x000123.1795684364/mx.example.net

The original message was received at Thu, 26 Nov 2026 09:12:40 GMT

   ----- The following addresses had permanent fatal errors -----
<ada@example.org>
    (reason: 550 5.1.1 <ada@example.org>... User unknown)

--3AQ9Ci1x000123.1795684364/mx.example.net
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Thu, 26 Nov 2026 09:12:40 GMT

Final-Recipient: RFC822; ada@example.org
Action: failed
Status: 5.1.1 (bad destination mailbox address)
Diagnostic-Code: SMTP; 550 5.1.1 <ada@example.org>... User unknown

--3AQ9Ci1x000123.1795684364/mx.example.net
Content-Type: text/rfc822-headers

Return-Path: <{to}>

--3AQ9Ci1x000123.1795684364/mx.example.net--
"""

OLD_SENDMAIL = """From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>
To: <{to}>
Subject: Returned mail: User unknown

The original message was received at Thu, 26 Nov 2026 09:12:40 GMT

   ----- The following addresses had permanent fatal errors -----
<ada@example.org>

   ----- Transcript of session follows -----
... while talking to mx.example.org.:
550 5.1.1 <ada@example.org>... User unknown

   ----- Original message follows -----
"""

QMAIL = """Return-Path: <>
Delivered-To: {to}
Date: 26 Nov 2026 09:12:44 -0000
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{to}>
Subject: The week
"""

GLOBAL = """Delivered-To: {to}
From: postmaster@mx.example.net
Subject: Zurückgewiesen
Content-Type: multipart/report; report-type=global-delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Leïla gibt es hier nicht.
--B
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: 8bit

Reporting-MTA: utf-8; mx.example.net

Final-Recipient: utf-8; leïla@exämple.org
Action: failed
Status: 5.1.1
--B
Content-Type: message/global
Content-Transfer-Encoding: 8bit

Subject: Wöche

--B--
"""

# The status in base64, which the standard does not allow and some gateways do.
ENCODED = """To: {to}
From: postmaster@mx.example.net
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: message/delivery-status
Content-Transfer-Encoding: base64

UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlLm5ldAoKRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFkYUBleGFtcGxlLm9yZwpB
Y3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMS4xCg==
--B--
"""

# Passed on by somebody who looks after a mailbox of returned mail.
FORWARDED = """To: bounces@news.example.org
From: postmaster@example.org
Subject: Fwd: Undelivered Mail Returned to Sender
Content-Type: multipart/mixed; boundary="OUTER"

--OUTER
Content-Type: text/plain

For you.
--OUTER
Content-Type: message/rfc822

"""

COMPLAINT = """To: feedback@example.org
From: feedback@provider.example.net
Subject: Abuse report
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an e-mail abuse report.
--B
Content-Type: message/feedback-report

Feedback-Type: {action}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{to}>

--B
Content-Type: text/rfc822-headers

Subject: The week

--B--
"""

# None of these is a report of a failure.
HOLIDAY = """To: {to}
From: ada@example.org
Subject: Out of office: The week
Auto-Submitted: auto-replied

I am away. Section 5.1.1 is what I study.
"""
OLD_HOLIDAY = """To: {to}
From: ada@example.org
Subject: Automatic reply
X-Autoreply: yes

This is an automatic reply: a message that you sent could not be delivered
to me, <ada@example.org>, 5.1.1, before Monday.
--
Ada
"""
READ = """To: {to}
From: ada@example.org
Subject: Read: The week
Content-Type: multipart/report; report-type=disposition-notification; boundary="B"

--B
Content-Type: text/plain

Your message was displayed. 5.1.1
--B
Content-Type: message/disposition-notification

Final-Recipient: rfc822;ada@example.org
Disposition: manual-action/MDN-sent-manually; displayed

--B--
"""
WARNING = """To: {to}
From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>
Subject: Warning: could not send message for past 4 hours

    **      THIS IS A WARNING MESSAGE ONLY      **

A message that you sent has not yet been delivered to
  ada@example.org
No action is required on your part. Delivery attempts will continue.
"""
LETTER = """To: {to}
From: ada@example.org
Subject: Re: The week

Thank you! There is no such user as you, 5.1.1.
"""
