"""The items of TRIPOD+AI, in our own words.

Source: Collins GS, Moons KGM, Dhiman P, et al. (2024), "TRIPOD+AI statement: updated guidance for reporting clinical prediction models that use
regression or machine learning methods", BMJ 385:e078378, table 2: 27 items, 52 with their parts. The wording of the statement itself is what a
journal asks for; this is a reminder of it.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Item:
    """One (part of an) item: what a reader must find in the paper; ``of``: studies that develop (D), evaluate (E), or either."""

    number: str
    topic: str
    of: Literal["D", "E", "D;E"]
    asks: str


ITEMS = (
    Item("1", "Title", "D;E", "says that a model is developed or its performance evaluated, for whom, and for which outcome"),
    Item("2", "Abstract", "D;E", "follows the statement's separate list for abstracts"),
    Item("3a", "Background", "D;E", "clinical setting, diagnosis or prognosis, why this model, which models there are already"),
    Item("3b", "Background", "D;E", "for which patients, at which point of care, for what purpose and for which users"),
    Item("3c", "Background", "D;E", "health inequalities known between sociodemographic groups"),
    Item("4", "Objectives", "D;E", "aims, and whether the study develops, validates, or does both"),
    Item("5a", "Data", "D;E", "source of the data for development and for evaluation, why these data, whom they represent"),
    Item("5b", "Data", "D;E", "dates: first and last patient, end of follow-up"),
    Item("6a", "Participants", "D;E", "setting of care; how many centres, and where"),
    Item("6b", "Participants", "D;E", "who was eligible"),
    Item("6c", "Participants", "D;E", "treatments received, and what was made of them in the analysis"),
    Item("7", "Data preparation", "D;E", "cleaning, checks and processing, and whether alike in all sociodemographic groups"),
    Item("8a", "Outcome", "D;E", "definition and time horizon, how and when assessed, why this one, whether alike in all groups"),
    Item("8b", "Outcome", "D;E", "if it takes judgement: who assessed it, with what training and background"),
    Item("8c", "Outcome", "D;E", "what kept its assessors blind"),
    Item("9a", "Predictors", "D", "how candidates were chosen, and any choice made before the model was built"),
    Item("9b", "Predictors", "D;E", "definition of each, how and when measured, what kept the measurers blind"),
    Item("9c", "Predictors", "D;E", "if one takes judgement: who assessed it, with what training and background"),
    Item("10", "Sample size", "D;E", "how the number of patients came about, for development and evaluation, and whether it suffices"),
    Item("11", "Missing data", "D;E", "how they were handled, and why any data were left out"),
    Item("12a", "Analysis", "D", "which data served for development and which for evaluation; how they were divided"),
    Item("12b", "Analysis", "D", "form in which predictors entered: scale, transformation, standardisation"),
    Item("12c", "Analysis", "D", "type of model and why, all steps of building it, hyper-parameters, internal validation"),
    Item("12d", "Analysis", "D;E", "differences between clusters such as hospitals: how handled and measured"),
    Item("12e", "Analysis", "D;E", "measures and plots of performance and why these; how models were compared"),
    Item("12f", "Analysis", "E", "whether the model was updated (recalibrated) after evaluation"),
    Item("12g", "Analysis", "E", "how predictions were calculated: formula, code, object or service"),
    Item("13", "Class imbalance", "D;E", "whether it was dealt with, why and how, and any recalibration after that"),
    Item("14", "Fairness", "D;E", "what was done about fairness, and why"),
    Item("15", "Model output", "D", "what the model returns; classes and their thresholds, and where these come from"),
    Item("16", "Training and evaluation", "D;E", "differences between both sets of data in setting, eligibility, outcome, predictors"),
    Item("17", "Ethics", "D;E", "which committee approved; consent, or its waiver"),
    Item("18a", "Funding", "D;E", "who paid, and what part they had"),
    Item("18b", "Conflicts of interest", "D;E", "interests and payments of every author"),
    Item("18c", "Protocol", "D;E", "where the study protocol is, or that there is none"),
    Item("18d", "Registration", "D;E", "register and number, or that the study was not registered"),
    Item("18e", "Data sharing", "D;E", "where the data can be had"),
    Item("18f", "Code sharing", "D;E", "where the code of the analysis can be had"),
    Item("19", "Patients and public", "D;E", "what part they had in the study, or that they had none"),
    Item("20a", "Participants", "D;E", "flow of patients, how many with and without the outcome, follow-up"),
    Item("20b", "Participants", "D;E", "characteristics over all and by source: predictors, treatments, events, follow-up, missing values"),
    Item("20c", "Participants", "E", "evaluation data beside development data: predictors and outcome"),
    Item("21", "Model development", "D;E", "patients and events in each analysis: fitting, tuning, evaluation"),
    Item("22", "Model specification", "D", "the whole model, so that others can predict with it; limits to access"),
    Item("23a", "Performance", "D;E", "estimates with confidence intervals, also of key subgroups"),
    Item("23b", "Performance", "D;E", "differences in performance between clusters, if examined"),
    Item("24", "Model updating", "E", "what updating gave: the new model and how it does"),
    Item("25", "Interpretation", "D;E", "what the results mean, fairness included, beside earlier studies"),
    Item(
        "26",
        "Limitations",
        "D;E",
        "sample, its size, overfitting, missing data, and what they do to bias, uncertainty and generalisability",
    ),
    Item("27a", "Use", "D", "what to do about poor or missing input when the model is used"),
    Item("27b", "Use", "D", "whether users must handle input or the model, and what they must be able to do"),
    Item("27c", "Use", "D;E", "next steps, for applicability and generalisability"),
)
