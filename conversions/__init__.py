"""Turn amounts from one currency into another and keep the receipt."""
