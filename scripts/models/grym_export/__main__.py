"""The same as the installed command: python3 -m grym_export."""

from .command import main

raise SystemExit(main())
