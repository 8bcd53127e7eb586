from rightswire.newsroom.models.filing import Cut, Filed
from rightswire.newsroom.models.home import HomePage
from rightswire.newsroom.models.index import NewsIndex
from rightswire.newsroom.models.item import ItemCountry, Kind, NewsItem, Withdrawal
from rightswire.newsroom.models.topic import Topic, TopicWording

__all__ = [
    "Cut",
    "Filed",
    "HomePage",
    "ItemCountry",
    "Kind",
    "NewsIndex",
    "NewsItem",
    "Topic",
    "TopicWording",
    "Withdrawal",
]
