"""A page's furniture: the lines of a listing that belong to the page and to no item."""

import re

from rightswire.importing.dates import fold

# Whole lines, as they stand at the foot of news listings in English, French and Arabic.
_FURNITURE = """
Subscribe | Subscribe to news | Subscribe to our newsletter | Sign up | Sign up for our newsletter
Sign up for updates | Follow us | Share | Share this | Share this page | Facebook Share | Tweet | Print
Back to top | Main menu | Load more | Show more | More news | Older posts | Newer posts | Next | Next page
Previous | Previous page | Last page | First page | Pages | Privacy policy | Terms of use | Contact us
Select this search icon to access the search form | Skip to main content | All rights reserved
S’abonner | S’abonner aux nouvelles | S’abonner aux actualités | S’abonner à la lettre d’information
S’inscrire à l’infolettre | S’inscrire à la newsletter | Abonnez-vous | Suivez-nous | Partager | Imprimer
Haut de page | Retour en haut | Menu principal | Voir plus | Charger plus | Plus de nouvelles | Suivant
Page suivante | Précédent | Page précédente | Dernière page | Première page | Politique de confidentialité
Mentions légales | Nous joindre | Nous contacter | Aller au contenu principal | Tous droits réservés
اشترك | اشتراك | اشترك في الأخبار | الاشتراك في الأخبار | اشترك في النشرة الإخبارية | اشترك في نشرتنا
تابعنا | تابعونا | شارك | مشاركة | طباعة | العودة إلى الأعلى | القائمة الرئيسية | المزيد | عرض المزيد
تحميل المزيد | المزيد من الأخبار | التالي | الصفحة التالية | السابق | الصفحة السابقة | سياسة الخصوصية
اتصل بنا | اتصلوا بنا | جميع الحقوق محفوظة
"""
_LONGEST_FURNITURE = 60
# What a sentence, a quotation or a line that leads on to the next ends with.
_ENDS_A_SENTENCE = re.compile(r"[.!?…:;,؟؛،。]\W*$")


def _in_comparable_form(line: str) -> str:
    return " ".join(re.findall(r"\w+", fold(line).casefold()))


_KNOWN = frozenset(
    _in_comparable_form(phrase) for line in _FURNITURE.splitlines() for phrase in line.split("|") if phrase.strip()
)


def is_known_furniture(line: str) -> bool:
    """Whether the line is a phrase that pages carry and items do not ("Subscribe to news")."""
    return len(line) <= _LONGEST_FURNITURE and _in_comparable_form(line) in _KNOWN


def may_be_furniture(line: str) -> bool:
    """Whether the line has the look of furniture: short, and neither a sentence nor a part of one."""
    if line.startswith("©") or is_known_furniture(line):
        return True
    return len(line) <= _LONGEST_FURNITURE and not _ENDS_A_SENTENCE.search(line)
