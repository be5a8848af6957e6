// Findings to text, JSON, HTML, SARIF; pure functions.
