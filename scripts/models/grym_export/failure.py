"""What is said to the user instead of a traceback."""


class ExportFailure(Exception):
    """Something that the user can read and act on; the message is a sentence."""


class LicenceNotAccepted(ExportFailure):
    """The weights' licence was shown and not accepted, or is not known."""
