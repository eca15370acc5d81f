def main_handler(event, context):
    """Called once per event. What it returns becomes the JSON answer; what it raises is told to the caller."""
    print("called with", event)
    return {"hello": event.get("name", "world"), "request": context["request_id"]}
