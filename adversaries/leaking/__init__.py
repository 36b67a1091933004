"""What split models leak, kind by kind, each attack beside a consumer who asks as often."""
