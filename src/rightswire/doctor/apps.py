from django.apps import AppConfig


class DoctorConfig(AppConfig):
    name = "rightswire.doctor"
    verbose_name = "Health"
