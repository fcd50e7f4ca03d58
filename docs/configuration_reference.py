"""Writes docs/configuration.md and config/gateway.example.toml from the settings.

Run from the project's root after changing a setting: `.venv/bin/python docs/configuration_reference.py`.
"""

from __future__ import annotations

from pathlib import Path

from gateway.settings import reference

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write both files and say so."""
    written = {
        ROOT / "docs" / "configuration.md": reference.as_markdown(),
        ROOT / "config" / "gateway.example.toml": reference.as_toml(),
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
