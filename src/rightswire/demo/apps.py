from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "rightswire.demo"
    verbose_name = "Demonstration"
