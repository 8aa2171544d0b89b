"""A real forge (Gitea) that sends its own webhooks, enforces its branch rules and shows our commit statuses."""
