"""The periodic loop around one engine: polling, triggers, health and metrics endpoints. Sole home of apscheduler.

Nothing lives here yet: `reconciler run` comes with members that have an API server.
"""
