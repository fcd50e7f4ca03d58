"""Speed, as ratios within one run; figures are in docs/performance.md."""
